// An entry of PAC's list reads `PAC Server*/home/u/job/417666.output*FILE*1145*true`. Mantid's users learnt to copy it, or
// to add a star to the name, as Mantid failed on every name without one.

/** Path of a file within its job's directory, from what a user gives: its name, a relative path, or an entry of PAC's list. */
export function remoteFileName(text: string): string {
  const name = text.trim();
  const listed = name.includes("*") || name.startsWith("/") || /^[A-Za-z]:\\/.test(name);
  if (!listed) return name;
  const last = name.split(/[/\\]/).at(-1) ?? "";
  const star = last.indexOf("*");
  return star < 0 ? last : last.slice(0, star);
}
