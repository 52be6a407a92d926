/** The names the app calls the API's shapes by. `api.ts` is generated: see `npm run generate:api`. */
import type { components } from "./api";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type Session = Schemas["Session"];
export type Order = Schemas["Order"];
export type OrderEvent = Schemas["OrderEvent"];
export type OrderStatus = Order["status"];
/** The API would take JSON numbers too; we send amounts as text only, because numbers lose digits. */
interface TextAmounts {
  quantity: string;
  limit_price?: string;
  stop_price?: string;
  trailing_amount?: string;
  trailing_percent?: string;
  limit_offset?: string;
  offset_amount?: string;
}
export type PlaceOrder = Omit<Schemas["PlaceOrderRequest"], keyof TextAmounts> & TextAmounts;
/** Orders placed elsewhere may be of other types and times in force than those one can place here. */
export type OrderType = PlaceOrder["order_type"];
export type Side = PlaceOrder["side"];
export type TimeInForce = NonNullable<PlaceOrder["time_in_force"]>;
export type ModifyOrder = Partial<TextAmounts> & { good_till_date?: string; outside_rth?: boolean };
export type PreviewAnswer = Schemas["PreviewAnswer"];
export type CancelAllAnswer = Schemas["CancelAllAnswer"];
export type Fill = Schemas["Fill"];
export type Position = Schemas["Position"];
export type Account = Schemas["Account"];
export type AccountDetail = Schemas["AccountDetail"];
export type AccountCurrencies = Schemas["Currencies"];
export type AccountEquity = Schemas["Equity"];
export type AccountMargin = Schemas["AccountMargin"];
export type Instrument = Schemas["Instrument"];
export type Quote = Schemas["Quote"];
export type Bar = Schemas["Bar"];
export type Bars = Schemas["Bars"];
export type Gateway = Schemas["Gateway"];
export type Incident = Schemas["Incident"];
export type IncidentChoice = Schemas["Choice"];
export type ApiKey = Schemas["ApiKey"];
export type ApiKeyRequest = Schemas["ApiKeyRequestRequest"];
export type ApiKeyScope = Schemas["KeyScope"];
export type NewApiKey = Schemas["NewApiKey"];
export type SecondFactor = Schemas["SecondFactor"];
export type Enrolment = Schemas["Enrolment"];
export type SignIn = Schemas["SignIn"];
export type KillSwitch = Schemas["KillSwitch"];
export type ErrorBody = Schemas["Error"];

/** One page of a cursor-paginated list. */
export interface Page<Row> {
  next?: string | null;
  previous?: string | null;
  results: Row[];
}
