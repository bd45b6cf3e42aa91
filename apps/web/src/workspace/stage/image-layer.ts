import type { ViewTransform } from "@limn/shared/geometry";
import type { PictureSource } from "../state/picture-source.ts";
import { Container, ImageSource, Sprite, Texture } from "pixi.js";

const TILE_PX = 512;
/** Pictures below this are one level; bigger ones halve until one tile holds all. */
const PYRAMID_FROM_PX = 4096;
const TILES_KEPT = 160;
const TILES_AT_ONCE = 6;
/** From this zoom on pixels are shown as squares. */
const CRISP_SCALE = 8;

interface Tile {
  readonly key: string;
  readonly level: number;
  readonly x: number;
  readonly y: number;
  sprite: Sprite | undefined;
  abort: AbortController | undefined;
  failures: number;
  usedAt: number;
}

export interface ImageLayer {
  readonly container: Container;
  /** Loads what the view shows, lets go of what it has not shown for long. */
  update(view: ViewTransform, screen: { width: number; height: number }, pixelRatio: number): void;
  destroy(): void;
}

/** Number of levels of the tile pyramid of a picture. */
function levelsOf(width: number, height: number): number {
  if (Math.max(width, height) < PYRAMID_FROM_PX) return 1;
  return 1 + Math.max(0, Math.ceil(Math.log2(Math.max(width, height) / TILE_PX)));
}

/** The picture: its thumbnail at once, then the tiles that the view shows, at the level that fits the zoom. */
export function createImageLayer(picture: PictureSource, requestDraw: () => void): ImageLayer {
  const container = new Container();
  const levels = levelsOf(picture.width, picture.height);
  const byLevel = Array.from({ length: levels }, () => new Container());
  const tiles = new Map<string, Tile>();
  let clock = 0;
  let loading = 0;
  let wanted: Tile[] = [];
  let crisp = false;
  let destroyed = false;

  const addSprite = (parent: Container, bitmap: ImageBitmap, mipmaps: boolean): Sprite => {
    const source = new ImageSource({
      resource: bitmap,
      autoGenerateMipmaps: mipmaps,
      scaleMode: crisp ? "nearest" : "linear",
    });
    const sprite = new Sprite(new Texture({ source }));
    sprite.eventMode = "none";
    parent.addChild(sprite);
    requestDraw();
    return sprite;
  };

  const base = new Container();
  container.addChild(base, ...byLevel.toReversed());
  picture.thumbnail().then(
    (bitmap) => {
      if (destroyed) return;
      const sprite = addSprite(base, bitmap, true);
      sprite.width = picture.width;
      sprite.height = picture.height;
    },
    // The tiles come without it; the thumbnail only spares the first moment.
    () => {},
  );

  const load = (tile: Tile): void => {
    loading++;
    tile.abort = new AbortController();
    picture
      .tile(tile.level, tile.x, tile.y, tile.abort.signal)
      .then(
        (bitmap) => {
          const parent = byLevel[tile.level];
          if (destroyed || !parent || !tiles.has(tile.key)) return;
          const side = 2 ** tile.level;
          tile.sprite = addSprite(parent, bitmap, true);
          tile.sprite.position.set(tile.x * TILE_PX * side, tile.y * TILE_PX * side);
          tile.sprite.scale.set(side);
        },
        () => {
          tile.failures++;
        },
      )
      .finally(() => {
        loading--;
        tile.abort = undefined;
        pump();
      });
  };

  const pump = (): void => {
    while (!destroyed && loading < TILES_AT_ONCE) {
      const next = wanted.find((tile) => !tile.sprite && !tile.abort && tile.failures < 3);
      if (!next) return;
      load(next);
    }
  };

  const drop = (tile: Tile): void => {
    tile.abort?.abort();
    tile.sprite?.destroy({ texture: true, textureSource: true });
    tiles.delete(tile.key);
  };

  const setCrisp = (next: boolean): void => {
    if (next === crisp) return;
    crisp = next;
    for (const { sprite } of tiles.values())
      if (sprite) sprite.texture.source.scaleMode = crisp ? "nearest" : "linear";
  };

  return {
    container,
    update(view, screen, pixelRatio) {
      clock++;
      setCrisp(view.scale >= CRISP_SCALE);
      const ideal = Math.floor(Math.log2(1 / (view.scale * pixelRatio)));
      const level = Math.min(levels - 1, Math.max(0, ideal));
      const side = TILE_PX * 2 ** level;
      const columns = Math.ceil(picture.width / side);
      const rows = Math.ceil(picture.height / side);
      const first = (offset: number) => Math.floor(-offset / view.scale / side);
      const last = (offset: number, room: number) =>
        Math.floor((room - offset) / view.scale / side);
      const x0 = Math.max(0, first(view.offsetX));
      const y0 = Math.max(0, first(view.offsetY));
      const x1 = Math.min(columns - 1, last(view.offsetX, screen.width));
      const y1 = Math.min(rows - 1, last(view.offsetY, screen.height));
      const middle = { x: (x0 + x1) / 2, y: (y0 + y1) / 2 };
      wanted = [];
      for (let y = y0; y <= y1; y++)
        for (let x = x0; x <= x1; x++) {
          const key = `${level}/${x}/${y}`;
          const tile = tiles.get(key) ?? {
            key,
            level,
            x,
            y,
            sprite: undefined,
            abort: undefined,
            failures: 0,
            usedAt: 0,
          };
          tile.usedAt = clock;
          tiles.set(key, tile);
          wanted.push(tile);
        }
      const distance = (tile: Tile) => Math.hypot(tile.x - middle.x, tile.y - middle.y);
      wanted.sort((a, b) => distance(a) - distance(b));
      for (const tile of tiles.values()) if (tile.usedAt !== clock && !tile.sprite) drop(tile);
      if (tiles.size > TILES_KEPT) {
        const oldest = [...tiles.values()]
          .filter((tile) => tile.usedAt !== clock)
          .toSorted((a, b) => a.usedAt - b.usedAt);
        for (const tile of oldest.slice(0, tiles.size - TILES_KEPT)) drop(tile);
      }
      byLevel.forEach((parent, i) => {
        parent.visible = i >= level;
      });
      pump();
    },
    destroy() {
      destroyed = true;
      for (const tile of tiles.values()) drop(tile);
      container.destroy({ children: true });
    },
  };
}
