import { chmod } from "node:fs/promises";

/** `nobody` on every Linux. */
const nobody = 65_534;

/**
 * Does something as a user whom file modes stop. The superuser, whom they do not, becomes nobody for that time; the whole
 * process does, so nothing else may be going on in it.
 * @param directory - where the test's files are; opened to others, as temporary directories belong to their maker alone.
 */
export async function withoutPrivileges<Result>(
  directory: string,
  work: () => Promise<Result>,
): Promise<Result> {
  if (process.geteuid?.() !== 0) return work();
  await chmod(directory, 0o755);
  process.seteuid?.(nobody);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
