import { expect } from "vitest";
import { WireFormatError } from "../wire-format-error.js";

/** What a reader gives; `undefined` = it said that the bytes are none of this wire's. Anything else that it throws is a bug. */
export function orWireError<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(WireFormatError);
    return undefined;
  }
}
