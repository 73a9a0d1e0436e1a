/** The two forms in which the current generation (`/platform/ws`) answers. */
export type WsFormat = "xml" | "json";

export const wsContentTypes: Readonly<Record<WsFormat, string>> = {
  xml: "application/xml; charset=utf-8",
  json: "application/json; charset=utf-8",
};

/**
 * Chooses by `Accept`: JSON only for a client that names it and likes XML no better. Nothing is refused: BatchEuphoria sends
 * `text/xml,application/xml;` with nothing behind its semicolon, others `multipart/mixed` or no header at all; these get XML.
 */
export function chooseWsFormat(accept: string | undefined): WsFormat {
  let best: { readonly format: WsFormat; readonly quality: number } | undefined;
  for (const range of (accept ?? "").split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const format = formatOf(type);
    const quality = qualityOf(parameters);
    if (format !== undefined && quality > (best?.quality ?? 0)) best = { format, quality };
  }
  return best?.format ?? "xml";
}

/** The form of a body that has arrived: JSON begins with a brace, whatever its content type says. */
export function detectWsFormat(body: string): WsFormat {
  return /^\s*[{[]/.test(body) ? "json" : "xml";
}

function formatOf(type: string): WsFormat | undefined {
  if (type === "application/json") return "json";
  return type === "application/xml" || type === "text/xml" ? "xml" : undefined;
}

function qualityOf(parameters: readonly string[]): number {
  const text = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  const quality = text === undefined ? 1 : Number(text);
  return quality >= 0 && quality <= 1 ? quality : 1;
}
