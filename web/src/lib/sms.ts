/** How a text message is cut for the network: GSM 03.38 in 160/153, anything else as UCS-2 in 70/67. */

const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
  "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENDED = "^{}\\[~]|€\f";

export type Segments = { units: number; segments: number; perSegment: number; unicode: boolean };

export function smsSegments(text: string): Segments {
  let units = 0;
  let unicode = false;
  for (const character of text) {
    if (BASIC.includes(character)) units += 1;
    else if (EXTENDED.includes(character)) units += 2;
    else {
      unicode = true;
      break;
    }
  }
  if (unicode) units = text.length;
  const single = unicode ? 70 : 160;
  const perSegment = units <= single ? single : unicode ? 67 : 153;
  return { units, segments: units === 0 ? 0 : Math.ceil(units / perSegment), perSegment, unicode };
}
