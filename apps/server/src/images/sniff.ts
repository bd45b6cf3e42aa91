/** What the first bytes of a file say it is; its name is never asked. */
export type FileKind =
  | { readonly kind: "image"; readonly mediaType: ImageType; readonly lossless: boolean }
  | { readonly kind: "zip" }
  | { readonly kind: "other"; readonly sentence: string };

export type ImageType =
  | "image/jpeg"
  | "image/png"
  | "image/webp"
  | "image/tiff"
  | "image/gif"
  | "image/avif";

/** That many bytes from the start decide. */
export const SNIFF_BYTES = 512;

const READABLE = "Limn reads JPEG, PNG, WebP, TIFF, GIF and AVIF";

export function sniffFile(head: Uint8Array): FileKind {
  if (head.length === 0)
    return other("The file is empty (0 bytes): check where it came from and upload it again.");
  const found = sniffImage(head);
  if (found !== null) return found;
  if (starts(head, "PK\x03\x04") || starts(head, "PK\x05\x06")) return { kind: "zip" };
  return other(nameOther(head));
}

function sniffImage(head: Uint8Array): FileKind | null {
  if (starts(head, "\xff\xd8\xff")) return image("image/jpeg", false);
  if (starts(head, "\x89PNG\r\n\x1a\n")) return image("image/png", true);
  if (starts(head, "GIF87a") || starts(head, "GIF89a")) return image("image/gif", true);
  if (starts(head, "RIFF") && starts(head, "WEBP", 8))
    return image("image/webp", starts(head, "VP8L", 12));
  // Classic and big TIFF in both byte orders.
  if (["II*\0", "MM\0*", "II+\0", "MM\0+"].some((mark) => starts(head, mark)))
    return image("image/tiff", true);
  if (starts(head, "ftyp", 4) && brands(head).some((brand) => brand === "avif" || brand === "avis"))
    return image("image/avif", false);
  return null;
}

/** A sentence for files that people do drop here, so that they know what to do. */
function nameOther(head: Uint8Array): string {
  const brand = starts(head, "ftyp", 4) ? brands(head)[0] : undefined;
  if (brand !== undefined && /^(heic|heix|hevc|heim|heis|mif1|msf1)$/.test(brand))
    return `This is a HEIC photo, which cannot be read here: save it as JPEG and upload that (${READABLE}).`;
  if (brand !== undefined || starts(head, "\x1a\x45\xdf\xa3"))
    return `This is a video, not an image: take pictures out of it and upload those (${READABLE}).`;
  if (starts(head, "%PDF"))
    return `This is a PDF, not an image: export its pages as PNG or TIFF (${READABLE}).`;
  if (starts(head, "BM")) return `This is a BMP: save it as PNG and upload that (${READABLE}).`;
  if (starts(head, "8BPS"))
    return `This is a Photoshop file: export it as PNG or TIFF (${READABLE}).`;
  if (starts(head, "\0\0\0\x0cjP  ") || starts(head, "\xff\x4f\xff\x51"))
    return `This is a JPEG 2000 file: save it as TIFF or PNG (${READABLE}).`;
  if (starts(head, "\0\0\0\x0cJXL ") || starts(head, "\xff\x0a"))
    return `This is a JPEG XL file: save it as PNG or JPEG (${READABLE}).`;
  if (starts(head, "Rar!") || starts(head, "7z\xbc\xaf\x27\x1c") || starts(head, "\x1f\x8b"))
    return "This is an archive of a kind that cannot be opened here: pack the pictures as a ZIP file.";
  if (/^\s*(<\?xml|<svg|<!doctype svg)/i.test(text(head).replace(/^\xef\xbb\xbf/, "")))
    return `This is XML or SVG, not a picture of pixels (${READABLE}).`;
  return `This is not an image, whatever its name says (${READABLE}).`;
}

function other(sentence: string): FileKind {
  return { kind: "other", sentence };
}

function image(mediaType: ImageType, lossless: boolean): FileKind {
  return { kind: "image", mediaType, lossless };
}

/** One character for each byte. */
function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function starts(head: Uint8Array, mark: string, at = 0): boolean {
  return text(head.subarray(at, at + mark.length)) === mark;
}

/** Major brand first, then the compatible ones, of an ISO base media file. */
function brands(head: Uint8Array): string[] {
  const size = Math.min(new DataView(head.buffer, head.byteOffset).getUint32(0), head.length);
  const all = [text(head.subarray(8, 12))];
  for (let at = 16; at + 4 <= size; at += 4) all.push(text(head.subarray(at, at + 4)));
  return all;
}

/**
 * Whether a PNG says how its numbers become colours (or that it moves): such a file is drawn anew, so that a browser
 * and the server see the same pixels. `bytes` is the file up to its first image data.
 */
export function hasPngSideEffects(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 8 <= bytes.length;) {
    const type = text(bytes.subarray(at + 4, at + 8));
    if (type === "IDAT") return false;
    if (["gAMA", "cHRM", "iCCP", "cICP", "eXIf", "acTL"].includes(type)) return true;
    at += 12 + view.getUint32(at);
  }
  // The image data begins beyond what was read: draw it anew, to be sure.
  return true;
}
