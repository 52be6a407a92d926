/** What the account already holds of the instrument in the ticket. */
import { Gain } from "@/components/ui/gain";
import { signOf } from "@/lib/decimal";
import { formatAverage, formatQuantity } from "@/lib/format";

import { usePositions } from "../api/positions";

export function PositionFact({ account, conId }: { account: string | undefined; conId: number | undefined }) {
  const { data: positions } = usePositions(account);
  const position = positions?.find((each) => each.con_id === conId && signOf(each.quantity) !== 0);
  return (
    <>
      <dt>Your position</dt>
      <dd>{position ? `${formatQuantity(position.quantity)} at ${formatAverage(position.average_cost)}` : "None"}</dd>
      {position && (
        <>
          <dt>Unrealized P&amp;L</dt>
          <dd>
            <Gain value={position.unrealized_pnl} withArrow />
          </dd>
        </>
      )}
    </>
  );
}
