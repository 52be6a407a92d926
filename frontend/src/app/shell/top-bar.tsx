/** The bar that is always there: connection, account, figures, user. */
import { ActionIcon, NativeSelect, Tooltip } from "@mantine/core";
import { IconKeyboard } from "@tabler/icons-react";

import { Logo } from "@/components/ui/logo";
import { Pill } from "@/components/ui/pill";
import { AccountFigures } from "@/features/accounts/components/account-figures";
import { UserMenu } from "@/features/auth/components/user-menu";
import { GatewayPill } from "@/features/gateway/components/gateway-pill";
import { KillSwitchButton } from "@/features/kill-switch/components/kill-switch-button";
import type { Account, Me } from "@/types/models";

import { LivePill } from "../live/live-pill";
import { toastFailure } from "../toasts";
import { ThemeToggle } from "./theme-toggle";
import styles from "./top-bar.module.css";

interface TopBarProps {
  user: Me;
  accounts: readonly Account[];
  account: Account | undefined;
  onChooseAccount: (account: string) => void;
  onSignedOut: () => void;
  onHelp: () => void;
  onGateway: () => void;
}

export function TopBar({ user, accounts, account, onChooseAccount, onSignedOut, onHelp, onGateway }: TopBarProps) {
  return (
    <header className={styles.bar}>
      <div className={styles.brand}>
        <Logo size={24} />
        <h1>IBKR Desk</h1>
        <TradingMode mode={account?.trading_mode} />
      </div>
      <NativeSelect
        className={styles.account}
        size="xs"
        aria-label="Account"
        value={account?.account ?? ""}
        onChange={(event) => onChooseAccount(event.currentTarget.value)}
        data={accounts.length === 0 ? [{ value: "", label: "No account" }] : accounts.map((each) => each.account)}
      />
      <div className={styles.figures}>
        <AccountFigures account={account} />
      </div>
      <div className={styles.states}>
        <GatewayPill onOpen={onGateway} />
        <LivePill />
        <KillSwitchButton />
      </div>
      <div className={styles.tools}>
        <Tooltip label="Keyboard shortcuts (?)">
          <ActionIcon className={styles.keys} variant="subtle" color="gray" size="lg" aria-label="Keyboard shortcuts" onClick={onHelp}>
            <IconKeyboard size={19} stroke={1.6} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <ThemeToggle />
        <UserMenu user={user} onSignedOut={onSignedOut} onFailure={toastFailure} />
      </div>
    </header>
  );
}

function TradingMode({ mode }: { mode: string | undefined }) {
  if (mode === undefined) return null;
  return mode === "live" ? (
    <Pill tone="down" hint="Orders use real money">
      LIVE
    </Pill>
  ) : (
    <Pill tone="info" hint="Paper trading: no real money">
      PAPER
    </Pill>
  );
}
