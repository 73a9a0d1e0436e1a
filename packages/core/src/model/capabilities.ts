/**
 * What a resource can do. Callers ask before they call, and the contract suite demands that what is declared
 * absent really fails with `NOT_SUPPORTED`.
 */
export interface Capabilities {
  /** `logIn` needs a password. False on this machine, where the operating system has checked already. */
  readonly password: boolean;
  /** Takes `ApplicationTask` as it is. Otherwise a template must expand it first. */
  readonly applicationForms: boolean;
  readonly arrays: boolean;
  readonly dependencies: boolean;
  readonly hold: boolean;
  readonly suspend: boolean;
  readonly requeue: boolean;
  readonly beginAt: boolean;
  /** `Session.queues`. */
  readonly queues: boolean;
  /** `Session.runUserCommand`: the scheduler's own commands by name. */
  readonly userCommands: boolean;
  /** The same submit key never makes a second job, even when the first answer was lost. */
  readonly submitOnce: boolean;
  /** A finished job's status tells cancelled, timed out and failed apart. */
  readonly preciseOutcomes: boolean;
  /** `Session.files` can list, stat, read, make directories, remove and rename; without it only `write` works. */
  readonly fileBrowsing: boolean;
  /** Readings may start at an offset. */
  readonly byteRanges: boolean;
  /** `write` with `overwrite: false` fails on an existing file instead of replacing it. */
  readonly exclusiveWrite: boolean;
  /** The other side reports SHA-256 digests of files. */
  readonly checksums: boolean;
}
