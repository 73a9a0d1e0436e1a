/** One request as it passes the proxy, and its answer. */
export interface Exchange {
  /** Counted from 1 over all connections, in the order in which the heads arrived. */
  readonly number: number;
  readonly method: string;
  /** Path and query as in the request line. */
  readonly target: string;
  /** Request line and headers, with the empty line at their end. */
  readonly head: string;
  /** Head and body, as the head announces them. */
  readonly requestBytes: number;
  /** That have come from the server so far. */
  readonly answerBytes: number;
}

/** Which way bytes go. */
export type Direction = "request" | "answer";

/** What is done to the bytes of one direction at a point. */
export type Act =
  /** Both connections end, as when a program closes them. What came before arrives. */
  | { readonly kind: "cut" }
  /** Both connections end by RST. */
  | { readonly kind: "reset" }
  /** This direction ends, the other goes on; what would follow is thrown away. */
  | { readonly kind: "half-close" }
  /** Nothing more passes in this direction for this long. */
  | { readonly kind: "delay"; readonly milliseconds: number }
  /** Nothing ever passes again in this direction; no connection ends until the client gives up. */
  | { readonly kind: "stall" }
  /** The lowest bit of so many bytes is another. */
  | { readonly kind: "corrupt"; readonly bytes: number }
  /** So many bytes come twice. */
  | { readonly kind: "duplicate"; readonly bytes: number }
  /** So many bytes come after so many that follow them. */
  | { readonly kind: "reorder"; readonly bytes: number };

/** An act at an offset of one message. Past the end of an answer it happens when the connection is used again. */
export interface ByteFault {
  readonly direction: Direction;
  /** So many bytes of the message, its head included, pass unharmed. */
  readonly afterBytes: number;
  readonly act: Act;
}

/** What happens to a request as a whole. */
export type RequestFault =
  /** The server does not get it; this comes instead of its answer, and then the connection ends. */
  | { readonly instead: string }
  /** The server gets it twice, at the same moment, on two connections; the client gets one of the answers. */
  | { readonly twice: true }
  /** The client's connection is cut when it has sent all; the server gets the request so much later, after others perhaps. */
  | { readonly lateByMilliseconds: number };

export type Fault = ByteFault | RequestFault;

/** Decides, when the head of a request is here, what becomes of it. Meanwhile nothing of it passes. */
export type FaultPlan = (exchange: Exchange) => Fault | undefined | Promise<Fault | undefined>;
