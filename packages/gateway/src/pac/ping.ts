import { textError } from "./error-form.js";
import { textAnswer } from "./pac-answer.js";
import { type PacOperation, readText } from "./pac-operation.js";

/** `ping`: no log-in needed. The body is the client's idea of our URL and is said back to it, on one line. */
export const ping: PacOperation = {
  errorForm: textError,
  async run(request) {
    const said = (await readText(request.body, 4096)).trim();
    const url = /^[\x21-\x7E]{1,1000}$/.test(said) ? said : request.baseUrl;
    return textAnswer(`Web Services are ready on URL:${url}`);
  },
};
