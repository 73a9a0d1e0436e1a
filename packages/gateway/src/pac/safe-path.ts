/** True for a path that stays below where it begins and names nothing hidden. */
export function isSafeRelativePath(path: string): boolean {
  return (
    path !== "" && !path.startsWith("/") && !path.includes("\0") && path.split("/").every(isSafeComponent)
  );
}

function isSafeComponent(name: string): boolean {
  return name !== "" && !name.startsWith(".");
}

/** Joins components that were checked before; empty ones are left out. */
export function joinPath(...parts: readonly string[]): string {
  return parts
    .filter((part) => part !== "")
    .join("/")
    .replaceAll(/\/{2,}/g, "/");
}
