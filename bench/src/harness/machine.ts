import { cpus, release, totalmem } from "node:os";

/** What the figures were measured on, in one line. */
export function describeMachine(): string {
  const all = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${all.length} cores (${all[0]?.model.trim() ?? "unknown"}), ${memory}, Linux ${release()}, Node ${process.version}`;
}
