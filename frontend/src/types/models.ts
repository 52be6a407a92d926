/** The names the app calls the API's shapes by. */
import type { components } from "./api";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type Session = Schemas["Session"];
export type Order = Schemas["Order"];
export type OrderEvent = Schemas["OrderEvent"];
export type OrderStatus = Schemas["OrderStatus"];
export type OrderType = Schemas["OrderType"];
export type Side = Schemas["Side"];
export type TimeInForce = Schemas["TimeInForce"];
export type PlaceOrder = Schemas["PlaceOrder"];
export type ModifyOrder = Schemas["ModifyOrder"];
export type Fill = Schemas["Fill"];
export type Position = Schemas["Position"];
export type Account = Schemas["Account"];
export type AccountDetail = Schemas["AccountDetail"];
export type Instrument = Schemas["Instrument"];
export type Quote = Schemas["Quote"];
export type Bar = Schemas["Bar"];
export type Bars = Schemas["Bars"];
export type Gateway = Schemas["Gateway"];
export type ErrorBody = Schemas["Error"];

/** One page of a cursor-paginated list. */
export interface Page<Row> {
  next: string | null;
  previous: string | null;
  results: Row[];
}
