import type { WatchEvent } from "scarf-tomo";
import type { CommandContext } from "./command-context.js";
import { renderDuration } from "./format/render-quantity.js";
import { getErrorReport } from "./render-error.js";
import { renderSafeLine } from "./terminal/safe-text.js";

/** A failed query changes no job; it makes the picture old, and that is said. */
export function tellOfPicture(context: CommandContext, event: WatchEvent): void {
  if (event.kind === "stale") {
    const { message } = getErrorReport(event.error);
    context.output.note(
      renderSafeLine(
        `The picture is ${renderDuration(event.ageSeconds)} old, and asking again goes on: ${message}`,
      ),
    );
  } else if (event.kind === "fresh") context.output.note("The picture is up to date again.");
}
