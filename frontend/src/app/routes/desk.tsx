/** The desk. */
export function DeskRoute() {
  return <main>IBKR Desk</main>;
}
