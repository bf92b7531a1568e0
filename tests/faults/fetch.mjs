// One request by Node's own fetch; prints what its caller gets to see.
const [url, key, timeout] = process.argv.slice(2)
try {
  const answer = await fetch(url, {
    headers: { Authorization: `Bearer ${key}` }, signal: AbortSignal.timeout(Number(timeout)),
  })
  const text = await answer.text()
  try {
    JSON.parse(text)
    console.log(String(answer.status))
  } catch {
    console.log(`${answer.status}, no JSON`)
  }
} catch (error) {
  const cause = error.cause?.code ?? error.cause?.name
  console.log(cause ? `${error.name} (${cause})` : error.name)
}
