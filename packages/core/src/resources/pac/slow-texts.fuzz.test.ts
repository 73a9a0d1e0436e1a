import { expect, it } from "vitest";
import { findSlowReaders } from "../../testing/slow-texts.js";
import { isHtml, summarisePage } from "../../transports/http/index.js";
import { maskSecret } from "../mask-secret.js";
import { looksLikeMultipart } from "./peek.js";
import { oneLine, sentence } from "../session-errors.js";
import { gatewayError, jobRefusal, saysAlreadyFinished, saysNoSuchJob, statusError } from "./refusals.js";

const who = { resourceId: "SCARF@STFC", userName: "scarf362" };

it("no text of a server keeps the client busy", () => {
  const readers = {
    isHtml: (text: string) => isHtml("text/html", text),
    summarisePage: (text: string) => summarisePage(text),
    page: (text: string) => oneLine(`<html>${text}`),
    oneLine,
    sentence,
    saysAlreadyFinished,
    saysNoSuchJob,
    jobRefusal: (text: string) => jobRefusal(who, text, "kill the job"),
    statusError: (text: string) => statusError(who, 500, text),
    gatewayError: (text: string) =>
      gatewayError({ "scarf-error-code": "OPERATION_REFUSED" }, text.slice(0, 65_536), who),
    maskSecret: (text: string) =>
      maskSecret(text.slice(0, 65_536), 'scarf362"2015-02-10T18:50:00Z"Mv2ncX8Z0TpH0lZHxMyXNVCb7ucT6j"=='),
    looksLikeMultipart: (text: string) => looksLikeMultipart(undefined, text.slice(0, 4096)),
  };
  expect(findSlowReaders(readers)).toEqual([]);
});
