/** A name for a file in a directory, and for nothing else. */
export function isPlainName(name: string): boolean {
  return (
    name !== "" &&
    name !== "." &&
    name !== ".." &&
    !/[/\0]/.test(name) &&
    Buffer.byteLength(name, "utf8") <= 255
  );
}
