/** Characters that JSON allows unescaped but a terminal or a line-based reader might act upon. */
const unsafeInJson = /[\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g;

/** One document on one line; dates become ISO 8601 and nothing in it can steer a terminal. */
export function renderJson(document: unknown): string {
  return JSON.stringify(document).replace(
    unsafeInJson,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
