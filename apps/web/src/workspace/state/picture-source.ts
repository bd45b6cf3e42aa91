/** Where the picture's pixels come from: 512 px tiles by level, and a small one for the first moment. */
export interface PictureSource {
  readonly width: number;
  readonly height: number;
  tile(level: number, x: number, y: number, signal: AbortSignal): Promise<ImageBitmap>;
  thumbnail(): Promise<ImageBitmap>;
}
