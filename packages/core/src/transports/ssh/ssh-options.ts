/** A machine that ssh reaches, as its user names it. What is not set here is as `~/.ssh/config` and the agent say. */
export interface SshOptions {
  /** A name of the network, or a `Host` of the configuration file. */
  readonly host: string;
  /** @defaultValue as the configuration file says, else the user of this process */
  readonly user?: string;
  readonly port?: number;
  /** Private key; a certificate beside it (`…-cert.pub`) is used, too. @defaultValue those of the configuration file and the agent */
  readonly identityFile?: string;
  /** Instead of `~/.ssh/config` and the machine's; `none` = no file. */
  readonly configFile?: string;
  /** Instead of `~/.ssh/known_hosts` and the machine's: the keys by which hosts are known, and where a confirmed one is added. */
  readonly knownHostsFile?: string;
  /** More options of ssh_config(5), e.g. `{ ProxyJump: "gate" }`. */
  readonly options?: Readonly<Record<string, string>>;
  /** Who answers what ssh asks. Without one it asks nothing: keys and agent have to do, and the host's key has to be known. */
  readonly questioner?: SshQuestioner;
  /** For reaching the machine, and for its key; a log-in that asks nobody has twice as long in all. @defaultValue 30 */
  readonly connectTimeoutSeconds?: number;
  /** How many programs may run at once over the connection; sshd allows 10 unless told otherwise. @defaultValue 8 */
  readonly maxSessions?: number;
  /** @defaultValue "ssh" */
  readonly program?: string;
}

/** Something secret that a machine wants to know of its user. */
export interface SshQuestion {
  /** `challenge`: whatever the machine asks: a one-time code, often the password too. `passphrase`: of a key file here. */
  readonly kind: "password" | "challenge" | "passphrase";
  /** In the machine's, or ssh's, own words; control characters taken out. */
  readonly prompt: string;
  /** 1 = for the first time; more = what was answered before was not accepted. */
  readonly attempt: number;
}

/** A machine that was never seen before shows this. */
export interface UnknownHostKey {
  /** As ssh names it: `[127.0.0.1]:2222 (127.0.0.1)`. */
  readonly host: string;
  /** `ED25519`, `RSA` … */
  readonly keyType: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
}

/** Answers what ssh asks during a log-in: a terminal, a program, a portal. An error that it throws ends the log-in, and is what the caller sees. */
export interface SshQuestioner {
  /**
   * Undefined = there is no answer: the log-in ends without one. The answer is handed to ssh, and kept nowhere.
   * @param signal - nobody waits for the answer any more: the machine gave up, or the log-in was ended.
   */
  answer(question: SshQuestion, signal: AbortSignal): Promise<string | undefined>;
  /** True = this is the machine's key: ssh remembers it. Compare it with one that the site publishes. */
  confirmHostKey(hostKey: UnknownHostKey, signal: AbortSignal): Promise<boolean>;
}
