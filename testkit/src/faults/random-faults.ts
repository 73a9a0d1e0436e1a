import type { Act, ByteFault, Exchange, FaultPlan } from "./fault.js";
import type { SeededRandom } from "./seeded-random.js";

const ends: readonly [Act, ...Act[]] = [{ kind: "cut" }, { kind: "reset" }, { kind: "half-close" }];

/** Cuts this share of all requests and answers somewhere, in one of the ways in which connections end. */
export function randomCuts(random: SeededRandom, share: number): FaultPlan {
  return (exchange) =>
    random.chance(share) ? { ...randomPlace(random, exchange), act: random.pick(ends) } : undefined;
}

/** Any byte of a request; of an answer, whose size nobody knows yet, early ones more often, and what follows it. */
export function randomPlace(random: SeededRandom, { requestBytes }: Exchange): Omit<ByteFault, "act"> {
  if (random.chance(0.5)) return { direction: "request", afterBytes: random.below(requestBytes + 1) };
  const afterBytes = random.chance(0.2) ? Infinity : Math.floor(70_000 ** random.next()) - 1;
  return { direction: "answer", afterBytes };
}

/** Lets this share of all requests come late, twice, slowly or not at all, and their answers likewise. No byte is lost or changed. */
export function randomDisorder(random: SeededRandom, share: number): FaultPlan {
  return (exchange) => {
    if (!random.chance(share)) return undefined;
    const dice = random.below(10);
    if (dice < 3) return { twice: true };
    if (dice < 6) return { lateByMilliseconds: random.below(300) };
    const act: Act = dice === 6 ? { kind: "stall" } : { kind: "delay", milliseconds: random.below(300) };
    return { ...randomPlace(random, exchange), act };
  };
}
