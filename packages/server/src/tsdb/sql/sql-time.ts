import type { ColumnBuilder } from '@belvedere/dataframe';

const written = /^(\d{4,6})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?)?(?:([+-])(\d\d)(?::?(\d\d)(?::?(\d\d))?)?)?( BC)?$/;

/** A date or time as databases print it (ISO), UTC where it names no zone. False: it is none. */
export function pushTimeText(column: ColumnBuilder<'time'>, text: string): boolean {
  const parts = written.exec(text);
  if (!parts) return false;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', sign, zoneHours = '0', zoneMinutes = '0', zoneSeconds = '0', before] = parts;
  const nanoseconds = Number(fraction.padEnd(9, '0'));
  const date = new Date(0);
  date.setUTCFullYear(before ? 1 - Number(year) : Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second), Math.floor(nanoseconds / 1e6));
  const offset = ((Number(zoneHours) * 60 + Number(zoneMinutes)) * 60 + Number(zoneSeconds)) * 1000;
  column.pushTime(date.getTime() - (sign === '-' ? -offset : offset), nanoseconds % 1e6);
  return true;
}
