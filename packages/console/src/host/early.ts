/** The dashboard of the page's address, which the loader asks for while the application is still on its way. */

interface Early {
  readonly url: string;
  readonly answer: Promise<Response>;
}

/** The answer to this address, once; undefined where it was not asked for, or was refused, and asking again is due. */
export async function takeEarly<T>(url: string): Promise<T | undefined> {
  const page = window as { belvedereEarly?: Early };
  const early = page.belvedereEarly;
  if (early?.url !== url) return undefined;
  delete page.belvedereEarly;
  const answer = await early.answer.catch(() => undefined);
  return answer?.ok ? ((await answer.json()) as T) : undefined;
}
