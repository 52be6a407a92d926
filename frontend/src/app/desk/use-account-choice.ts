/** Which of the user's accounts the desk looks at. */
import { useAccounts } from "@/features/accounts/api/accounts";
import type { Account, Me } from "@/types/models";

export interface AccountChoice {
  accounts: readonly Account[];
  account: Account | undefined;
  /** The account's code even before its figures are known. */
  code: string | undefined;
  mayTrade: boolean;
}

export function useAccountChoice(wanted: string | undefined, user: Me): AccountChoice {
  const { data: accounts = [] } = useAccounts();
  const account = accounts.find((each) => each.account === wanted) ?? accounts[0];
  const code = account?.account ?? user.accounts[0]?.account;
  const grant = user.accounts.find((each) => each.account === code);
  return { accounts, account, code, mayTrade: grant?.may_trade ?? user.is_superuser };
}
