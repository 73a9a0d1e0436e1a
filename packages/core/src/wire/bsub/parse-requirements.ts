import type { Dependency, ResourceSpec } from "../../model/index.js";
import { rejectedOption } from "./rejected.js";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What a resource requirement says; `perNode` is `span[ptile=…]`. */
export interface ParsedRequirement extends ResourceSpec {
  readonly perNode?: number;
}

/**
 * Reads `-R`: `select[type==any] rusage[mem=4096] span[ptile=8] affinity[core(4)]`. The memory is in MB unless it has a unit.
 * @throws {SpecError} `SPEC_REJECTED` naming the section.
 */
export function parseResourceRequirement(text: string): ParsedRequirement {
  const found: Mutable<ParsedRequirement> = {};
  let rest = text.trim();
  while (rest !== "") {
    const match = /^(\w+)\[([^\]]*)\]\s*/.exec(rest);
    if (match === null) {
      // Without a section word the whole text is a selection.
      found.constraint = rest;
      break;
    }
    applySection(found, match[1] ?? "", (match[2] ?? "").trim());
    rest = rest.slice(match[0].length);
  }
  return found;
}

function applySection(found: Mutable<ParsedRequirement>, section: string, content: string): void {
  const whole = `-R ${section}[${content}]`;
  switch (section) {
    case "select":
      // PAC's own examples ask for `type==any`, which asks for nothing.
      if (!/^type\s*==\s*any$/.test(content)) found.constraint = content;
      return;
    case "rusage": {
      const memory = /^mem\s*=\s*(\d+)\s*([KMGT]?)B?$/i.exec(content);
      if (memory === null) throw rejectedOption(whole, "only mem= is known");
      const power = { K: 1, M: 2, G: 3, T: 4 }[memory[2]?.toUpperCase() ?? ""] ?? 2;
      found.memoryPerNodeBytes = Number(memory[1]) * 1024 ** power;
      return;
    }
    case "span": {
      if (/^hosts\s*=\s*1$/.test(content)) {
        found.nodes = 1;
        return;
      }
      const tile = /^ptile\s*=\s*(\d+)$/.exec(content)?.[1];
      if (tile === undefined || Number(tile) < 1) throw rejectedOption(whole, "write ptile=N or hosts=1");
      found.perNode = Number(tile);
      return;
    }
    case "affinity": {
      const cores = /^(?:core|thread)\((\d+)\)$/.exec(content)?.[1];
      if (cores === undefined || Number(cores) < 1) throw rejectedOption(whole, "write core(N)");
      found.coresPerTask = Number(cores);
      return;
    }
    default:
      throw rejectedOption(whole);
  }
}

const conditions: Readonly<Record<string, Dependency["condition"]>> = {
  started: "started",
  ended: "ended",
  done: "succeeded",
  exit: "failed",
};

/** Reads `-w`: `done(1) && ended(2)`; a bare id means `done`. @throws {SpecError} `SPEC_REJECTED`: alternatives and negations can't be kept. */
export function parseDependencies(text: string): readonly Dependency[] {
  return text.split("&&").map((part) => {
    const match = /^\s*(?:(\w+)\s*\(\s*"?([^()"\s]+)"?\s*\)|([\w[\]]+))\s*$/.exec(part);
    const condition = match?.[1] === undefined ? "succeeded" : conditions[match[1]];
    const jobId = match?.[2] ?? match?.[3];
    if (condition === undefined || jobId === undefined) {
      throw rejectedOption(`-w ${text}`, "write done(ID), ended(ID), exit(ID) or started(ID), joined by &&");
    }
    return { condition, jobId };
  });
}
