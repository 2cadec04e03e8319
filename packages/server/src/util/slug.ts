/** The readable part of dashboard and folder addresses (dashboards-and-content §1.4). */
import { createHash } from 'node:crypto';

const slugBytesMax = 50;

/** Punctuation that separates words. Everything else that is neither letter nor digit is written as the hex of its UTF-8 bytes and ends a word. */
const separators = new Set(' \t\r\n\0,"\'.?()-_[]/\\!{}%');

const letters: Readonly<Record<string, string>> = {
  '&': 'and', '@': 'at',
  ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', å: 'a', ð: 'd', þ: 'th', đ: 'd', ł: 'l', ı: 'i', ħ: 'h', ŋ: 'n', ſ: 's', ə: 'e',
  а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', ё: 'yo', ж: 'zh', з: 'z', и: 'i', й: 'j', к: 'k', л: 'l', м: 'm', н: 'n', о: 'o', п: 'p',
  р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'h', ц: 'c', ч: 'ch', ш: 'sh', щ: 'sch', ъ: '', ы: 'y', ь: '', э: 'e', ю: 'yu', я: 'ya',
  і: 'i', ї: 'yi', є: 'ye', ґ: 'g', ђ: 'dj', ј: 'j', љ: 'lj', њ: 'nj', ћ: 'c', џ: 'dz',
  א: 'a', ב: 'b', ג: 'g', ד: 'd', ה: 'h', ו: 'v', ז: 'z', ח: 'h', ט: 't', י: 'y', ך: 'k', כ: 'k', ל: 'l', ם: 'm', מ: 'm', ן: 'n', נ: 'n',
  ס: 's', ע: 'a', ף: 'f', פ: 'p', ץ: 'ts', צ: 'ts', ק: 'k', ר: 'r', ש: 'sh', ת: 't',
};

export function slugify(title: string): string {
  const slug = plainSlug(title.trim().toLowerCase());
  if (slug !== '' && Buffer.byteLength(slug) <= slugBytesMax) return slug;
  return createHash('sha1').update(slug).digest('hex').slice(0, 7);
}

function plainSlug(title: string): string {
  let out = '';
  for (const char of title) {
    if (isPlain(char)) out += char;
    else if (separators.has(char)) out += '-';
    else out += transliterate(char);
  }
  return out.replace(/-{2,}/g, '-').replace(/^-|-$/g, '');
}

function transliterate(char: string): string {
  const known = letters[char];
  if (known !== undefined) return known;
  // Accents come off: é is an e with a mark.
  const base = char.normalize('NFD').replace(/\p{M}/gu, '');
  if (base !== char && base !== '') return [...base].map((c) => (isPlain(c) ? c : (letters[c] ?? hex(c)))).join('');
  return hex(char);
}

const isPlain = (char: string) => (char >= 'a' && char <= 'z') || (char >= '0' && char <= '9');
const hex = (char: string) => `${Buffer.from(char, 'utf8').toString('hex')}-`;
