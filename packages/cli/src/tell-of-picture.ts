import type { WatchEvent } from "scarf-tomo";
import type { CommandContext } from "./command-context.js";
import { renderDuration } from "./format/render-quantity.js";
import { getErrorReport } from "./render-error.js";
import { renderSafeLine } from "./terminal/safe-text.js";

/**
 * Makes what tells that the picture has become old, and when it is fresh again; each once, however many jobs are watched and
 * however often asking fails. A failed query changes no job.
 */
export function makePictureTeller(context: CommandContext): (event: WatchEvent) => void {
  let isOld = false;
  return (event) => {
    if (event.kind === "stale" && !isOld) {
      isOld = true;
      const { message } = getErrorReport(event.error);
      context.output.note(
        renderSafeLine(
          `The picture is ${renderDuration(event.ageSeconds)} old, and asking goes on: ${message}`,
        ),
      );
    } else if (event.kind === "fresh" && isOld) {
      isOld = false;
      context.output.note("The picture is up to date again.");
    }
  };
}
