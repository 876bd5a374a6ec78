import { ConfabError, post } from '@/lib/confab';
import { visitor } from '@/lib/visitor';

/** A join token for who asks. The API key stays on this server. */
export async function POST(_: Request, { params }: RouteContext<'/room/[id]/token'>) {
  const { id } = await params;
  try {
    const { token } = await post<{ token: string }>(`/v1/meetings/${encodeURIComponent(id)}/join`, {
      identity: await visitor(),
    });
    return Response.json({ token });
  } catch (error) {
    console.error(error);
    const over = error instanceof ConfabError && (error.status === 404 || error.status === 410);
    return over
      ? Response.json({ error: 'There is no such consultation, or it is over.' }, { status: 404 })
      : Response.json({ error: 'The call cannot be reached now. Try again.' }, { status: 502 });
  }
}
