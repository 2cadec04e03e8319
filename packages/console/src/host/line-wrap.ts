/** Stands for `uwrap` in what is built. It measures thousands of pairs of letters when it is made, and every table makes two of it; here it measures with the first text that must be wrapped, once for a font. */
import { varPreLine as measured, type uWrap } from 'uwrap/dist/uWrap.mjs';

const byFont = new Map<string, uWrap>();

export function varPreLine(ctx: CanvasRenderingContext2D): uWrap {
  const font = `${ctx.font} ${ctx.letterSpacing} ${ctx.wordSpacing}`;
  const wrap = () => {
    let made = byFont.get(font);
    if (!made) byFont.set(font, (made = measured(ctx)));
    return made;
  };
  return { each: (...of) => wrap().each(...of), split: (...of) => wrap().split(...of), count: (...of) => wrap().count(...of), test: (...of) => wrap().test(...of) };
}
