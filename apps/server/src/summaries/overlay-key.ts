/** Where the overlay picture of an image lies; its name changes with its content. */
export function overlayKey(imageId: string, overlay: string): string {
  return `overlays/${imageId}/${overlay}`;
}
