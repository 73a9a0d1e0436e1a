/** Ids as the current generation lists them, `1,2[3]`: in a path, a query, or the field `ids` of a form. */
export function renderJobIds(ids: readonly string[]): string {
  return ids.join(",");
}

/** Reads such a list, each id once. A comma inside brackets belongs to the id. */
export function parseJobIds(text: string): readonly string[] {
  const ids = (text.match(/(?:\[[^\]]*\]?|[^,[])+/g) ?? []).map((id) => id.trim()).filter((id) => id !== "");
  return [...new Set(ids)];
}
