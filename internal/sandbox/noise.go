package sandbox

import (
	"net/http"
	"time"
)

// What faulty answers say; the details are drawn.

func unknownStatus(d draw) string {
	words := []string{"under_review", "pending_agent", "EMAIL_SENT", "archived"}
	return words[d.pick(saltWord, len(words))]
}

// otherAccount is some other account's id.
func otherAccount(d draw, account string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	id := []byte("MA_")
	for i := range 8 {
		id = append(id, letters[d.pick(saltEcho+uint64(i), len(letters))])
	}
	if string(id) == account {
		id[3] ^= 1 // letters and digits stay what they are, but another
	}
	return string(id)
}

// errorAnswer is a 5xx of the API itself or of something before it.
func errorAnswer(d draw) answer {
	statuses := []int{500, 502, 503, 504}
	status := statuses[d.pick(saltStatus, len(statuses))]
	switch d.pick(saltBody, 3) {
	case 0:
		return refuse(status, "%s", http.StatusText(status))
	case 1:
		return htmlPage(status)
	}
	return answer{status: status, kind: "text/html", body: []byte{}}
}

// throttledAnswer is a 429 about the whole API, with its wait in whole seconds.
func throttledAnswer(wait time.Duration) answer {
	a := refuse(http.StatusTooManyRequests, "Too many requests")
	a.retryAfter, a.throttled = int((wait+time.Second-1)/time.Second), true
	return a
}

// throttledBare is one that does not say how long.
func throttledBare(d draw) answer {
	a := refuse(http.StatusTooManyRequests, "Too many requests")
	if d.pick(saltBody, 2) != 0 {
		a = htmlPage(http.StatusTooManyRequests)
	}
	a.throttled = true
	return a
}
