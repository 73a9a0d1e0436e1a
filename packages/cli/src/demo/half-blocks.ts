/** A picture in numbers: row after row, top row first. */
export interface GreyPicture {
  readonly width: number;
  readonly height: number;
  readonly values: ArrayLike<number>;
}

/**
 * Draws a picture with half blocks, two pixels in one character cell, `columns` wide; each pixel is the mean of those it
 * stands for. Grey levels are those of the 256-colour palette, which every terminal with colours has.
 */
export function renderHalfBlocks(picture: GreyPicture, columns: number): string {
  const width = Math.min(columns, picture.width);
  // Two rows of pixels make one line, and an odd last one would end on black.
  const height = Math.max(2, 2 * Math.round((picture.height * width) / picture.width / 2));
  const pixels = shrink(picture, width, height);
  const [low, high] = findRange(pixels);
  const grey = (row: number, column: number) => {
    const share = ((pixels[row * width + column] ?? low) - low) / (high - low || 1);
    return 232 + Math.round(23 * Math.min(1, Math.max(0, share)));
  };
  const lines: string[] = [];
  for (let row = 0; row < height; row += 2) {
    let line = "";
    for (let column = 0; column < width; column += 1) {
      line += `\u001B[38;5;${grey(row, column)};48;5;${grey(row + 1, column)}m▀`;
    }
    lines.push(`${line}\u001B[0m`);
  }
  return lines.join("\n");
}

/** True where such a picture can be seen: a terminal with 256 colours that speaks UTF-8. */
export function canShowPictures(): boolean {
  const { LC_ALL, LC_CTYPE, LANG, NO_COLOR, TERM } = process.env;
  const speaksUtf8 = /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || "");
  return (
    process.stderr.isTTY && !NO_COLOR && TERM !== "dumb" && process.stderr.getColorDepth() >= 8 && speaksUtf8
  );
}

function shrink({ width, height, values }: GreyPicture, newWidth: number, newHeight: number): Float64Array {
  const pixels = new Float64Array(newWidth * newHeight);
  for (let row = 0; row < newHeight; row += 1) {
    const top = Math.floor((row * height) / newHeight);
    const bottom = Math.max(top + 1, Math.floor(((row + 1) * height) / newHeight));
    for (let column = 0; column < newWidth; column += 1) {
      const left = Math.floor((column * width) / newWidth);
      const right = Math.max(left + 1, Math.floor(((column + 1) * width) / newWidth));
      let sum = 0;
      for (let y = top; y < bottom; y += 1) {
        for (let x = left; x < right; x += 1) sum += values[y * width + x] ?? 0;
      }
      pixels[row * newWidth + column] = sum / ((bottom - top) * (right - left));
    }
  }
  return pixels;
}

/** Without the outermost hundredth at either end, so that one hot pixel does not make everything else black. */
function findRange(pixels: Float64Array): [low: number, high: number] {
  const sorted = pixels.filter(Number.isFinite).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return [at(0.01), at(0.995)];
}
