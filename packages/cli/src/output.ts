import { renderJson } from "./terminal/render-json.js";
import { StatusLine } from "./terminal/status-line.js";

/** Where a command's data (standard output) and everything else (standard error) go. */
export class Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly statusLine = new StatusLine();

  constructor({ json, quiet }: { json: boolean; quiet: boolean }) {
    this.json = json;
    this.quiet = quiet;
  }

  /** Columns of the terminal that the data goes to; absent when it goes elsewhere and nothing needs to be cut. */
  get columns(): number | undefined {
    if (!process.stdout.isTTY) return undefined;
    return process.stdout.columns > 0 ? process.stdout.columns : 80;
  }

  /** The command's result: the document with `--json`, otherwise the text; an empty text prints nothing. */
  async result(document: object, render: () => string | Promise<string>): Promise<void> {
    const text = this.json ? renderJson(document) : await render();
    if (text !== "") this.write(`${text}\n`);
  }

  /** One of several documents: a line of JSON, or of text. */
  line(document: object, render: () => string): void {
    this.write(`${this.json ? renderJson(document) : render()}\n`);
  }

  /** Data as it is. */
  write(text: string): void {
    this.statusLine.clear();
    process.stdout.write(text);
  }

  /** A remark for a person: what was done, what to do next. */
  note(text: string): void {
    if (!this.quiet) this.statusLine.print(text);
  }

  /** A remark that must be seen even with `--quiet`. */
  warn(text: string): void {
    this.statusLine.print(text);
  }
}
