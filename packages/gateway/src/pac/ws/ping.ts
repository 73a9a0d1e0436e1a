import { ValueError } from "scarf-tomo";
import { renderWsMessage } from "scarf-tomo/wire";
import { readText } from "../pac-operation.js";
import { parseForm } from "../split-target.js";
import { wsAnswer, wsOperation } from "./ws-operation.js";

/** `ping`: no log-in needed. IBM refuses a form without `url`, but BatchEuphoria and IBM's curl page send no body at all. */
export const ping = wsOperation({}, async (request) => {
  const body = (await readText(request.body, 4096)).trim();
  const url = body === "" ? request.baseUrl : parseForm(body).get("url")?.trim();
  if (url === undefined || url === "") {
    throw new ValueError("PROPERTY_MISSING", "The form of the ping has no url.", {
      hint: "Send url=… with the address of the service, or no body at all.",
    });
  }
  const said = /^[\x21-\x7E]{1,1000}$/.test(url) ? url : request.baseUrl;
  return wsAnswer(request, (format) => renderWsMessage(`Web Services are ready on URL: ${said}`, format));
});
