import type { Attack, HostileGateway } from "./hostile-gateway.js";

export interface NamedAttack {
  /** With the call that is attacked in it. */
  readonly name: string;
  readonly attack: Attack;
}

/**
 * Sends each request and tells which were not refused as they should: in the form of their generation, with a code that is no bug
 * of ours, within a few seconds, without telling what lies on the machine.
 */
export async function findUnclearAnswers(
  gateway: HostileGateway,
  attacks: readonly NamedAttack[],
): Promise<readonly string[]> {
  const unclear: string[] = [];
  for (const { name, attack } of attacks) {
    const { answer, seconds } = await gateway.attack(attack);
    const code = answer?.headers.get("scarf-error-code");
    const problems = [
      answer === undefined && "no answer",
      code === undefined && "no code",
      code === "OUTPUT_UNREADABLE" && "a bug",
      answer !== undefined && !hasForm(name, answer.status, answer.text) && "not in its form",
      answer?.text.includes("root:") === true && "tells a file of the machine",
      (answer?.text.length ?? 0) > 20_000 && "too long",
      seconds > 8 && "too late",
    ].filter((problem) => problem !== false);
    if (problems.length > 0) {
      unclear.push(
        `${name}: ${problems.join(", ")} (${seconds.toFixed(1)} s, ${answer?.status}, ${code}) ${answer?.text.slice(0, 200)}`,
      );
    }
  }
  return unclear;
}

function hasForm(name: string, status: number, text: string): boolean {
  // HTTP itself was broken: no call is known yet.
  const beforeAnyCall =
    text.startsWith("What arrived is not a request") || text.startsWith("The connection ended");
  if (status === 400 && beforeAnyCall) return true;
  if (name.includes("/ws/"))
    return [400, 403, 404, 413, 422].includes(status) && /<message>[^<]+<\/message>/.test(text);
  // Uploads answer in plain text, in which `successfully` would mean success.
  if (/upfile|uplargefile/.test(name))
    return (status === 200 || status === 400) && text !== "" && !/successfully/.test(text);
  return (status === 200 && /<errMsg>[^<]+<\/errMsg>/.test(text)) || (status === 400 && text !== "");
}
