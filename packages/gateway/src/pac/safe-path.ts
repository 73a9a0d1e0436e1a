/** True for a path that stays below where it begins and, unless `hidden`, names nothing hidden. */
export function isSafeRelativePath(path: string, { hidden = false } = {}): boolean {
  if (path === "" || path.startsWith("/") || path.includes("\0")) return false;
  return path
    .split("/")
    .every((name) => name !== "" && (hidden ? name !== "." && name !== ".." : !name.startsWith(".")));
}

/** Joins components that were checked before; empty ones are left out. */
export function joinPath(...parts: readonly string[]): string {
  return parts
    .filter((part) => part !== "")
    .join("/")
    .replaceAll(/\/{2,}/g, "/");
}
