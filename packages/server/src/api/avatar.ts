/** A picture for a person, drawn from the hash of their address: no other server learns who looks at whom. */
export function drawnAvatar(hash: string): string {
  const bytes = Buffer.from(hash, 'hex');
  const hue = (bytes[0]! * 256 + bytes[1]!) % 360;
  let cells = '';
  for (let row = 0; row < 5; row++) {
    for (let column = 0; column < 3; column++) {
      if ((bytes[2 + Math.floor((row * 3 + column) / 8)]! >> ((row * 3 + column) % 8)) % 2 === 0) continue;
      cells += [column, 4 - column].map((x) => `<rect x="${x}" y="${row}" width="1" height="1"/>`).join('');
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 7 7" shape-rendering="crispEdges"><rect x="-1" y="-1" width="7" height="7" fill="hsl(${hue} 30% 90%)"/><g fill="hsl(${hue} 55% 45%)">${cells}</g></svg>`;
}
