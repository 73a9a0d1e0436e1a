export { SshCommands } from "./ssh-commands.js";
export type { SshOptions, SshQuestion, SshQuestioner, UnknownHostKey } from "./ssh-options.js";
