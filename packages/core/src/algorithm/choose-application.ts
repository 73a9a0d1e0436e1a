export type TomographyApplication = "TOMOPY_0_1_9" | "PYASTRATOOLBOX_1_6";

/**
 * The application of SCARF that runs a reconstruction: ASTRA when the command line says `--tool astra` (`--tool=astra`,
 * `-t astra`), else TomoPy. Mantid looked for it in the path only, where hardly anybody wrote it; it counts in either
 * place, and as for the program itself the last one counts.
 */
export function chooseApplication(runnablePath: string, jobOptions: string): TomographyApplication {
  const line = `${runnablePath} ${jobOptions}`;
  const tools = [...line.matchAll(/(?:^|\s)(?:--tool(?:=|\s+)|-t(?:=|\s*))(['"]?)([A-Za-z]\w*)\1(?=\s|$)/g)];
  return tools.at(-1)?.[2]?.toLowerCase() === "astra" ? "PYASTRATOOLBOX_1_6" : "TOMOPY_0_1_9";
}
