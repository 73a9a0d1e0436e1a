import { renderProductInformation } from "scarf-tomo/wire";
import { gatewayVersion } from "../../version.js";
import { wsAnswer, wsOperation } from "./ws-operation.js";

/** `version`: no log-in needed. */
export const version = wsOperation({}, (request) => {
  const information = {
    productName: "scarf-tomo gateway",
    version: gatewayVersion,
    buildNo: "-",
    buildDate: "-",
  };
  return Promise.resolve(wsAnswer(request, (format) => renderProductInformation(information, format)));
});
