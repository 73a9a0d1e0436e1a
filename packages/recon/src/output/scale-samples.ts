/** Values between these become 0 … 65535. */
export interface ScaleLimits {
  readonly low: number;
  readonly high: number;
}

/** Attenuation as 16-bit numbers; what lies outside the limits is cut, and counted. Back: value = low + n (high - low) / 65535. */
export function scaleToUint16(
  values: Float32Array,
  { low, high }: ScaleLimits,
): { samples: Uint16Array; cut: number } {
  const samples = new Uint16Array(values.length);
  const scale = 65_535 / (high - low);
  let cut = 0;
  for (let i = 0; i < values.length; i++) {
    const value = ((values[i] ?? 0) - low) * scale;
    if (value < -0.5 || value > 65_535.5) cut++;
    samples[i] = Math.max(0, Math.min(65_535, Math.round(value)));
  }
  return { samples, cut };
}
