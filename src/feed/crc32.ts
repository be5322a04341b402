const REVERSED_POLYNOMIAL = 0xedb88320;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ REVERSED_POLYNOMIAL : value >>> 1;
  return value;
});

/**
 * CRC-32 as zip and PNG use it (IEEE 802.3, reflected), over a text's characters as bytes.
 * @param text    ASCII; of any other character only the low eight bits count
 * @param before  the CRC of what stands before the text: `crc32(b, crc32(a))` is `crc32(a + b)`
 * @returns unsigned, below 2^32; 0 for an empty text
 */
export function crc32(text: string, before = 0): number {
  let crc = ~before;
  for (let at = 0; at < text.length; at++) crc = (crc >>> 8) ^ TABLE[(crc ^ text.charCodeAt(at)) & 255];
  return ~crc >>> 0;
}
