import { AuthError } from "../../../errors/index.js";
import { isToken } from "../../../wire/index.js";
import type { Who } from "../../session-errors.js";
import { contextOf } from "./log-in-errors.js";

/** A token is one line of at least two parts; anything else would be a session that does not exist. */
export function checkedToken(token: string, who: Who): string {
  const bare = token.split(",JSESSIONID=")[0] ?? "";
  if (isToken(bare)) return token;
  throw new AuthError(
    "AUTH_FAILED",
    token === ""
      ? `${who.resourceId} accepted ${who.userName} but gave no token.`
      : `${who.resourceId} gave ${who.userName} a token that can't be used.`,
    { hint: "Try again; if it stays, tell the administrators of the resource.", context: contextOf(who) },
  );
}
