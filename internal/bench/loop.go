package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
)

// body is what the bare loop sends for a row: the very fields that kycbatch sends.
type body struct {
	Account  string            `json:"account_auth_id"`
	Flow     string            `json:"flow_type"`
	Email    string            `json:"customer_email"`
	Metadata map[string]string `json:"metadata"`
}

// loop is the contestant that keeps nothing: it reads the file, sends a request for each row, looks at the status, and
// forgets. With look it lists the account's sessions before, as kycbatch does with --guard each, and looks at nothing.
func loop(base, path string, workers int, look bool) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was only read
	in := csv.NewReader(f)
	header, err := in.Read()
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers, DisableCompression: true}}
	rows := make(chan []string, workers)
	var failed atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for row := range rows {
				if err := send(client, base, header, row, look); err != nil {
					failed.Add(1)
				}
			}
		})
	}
	for {
		row, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		rows <- row
	}
	close(rows)
	wg.Wait()
	if n := failed.Load(); n > 0 {
		return fmt.Errorf("%d rows failed", n)
	}
	return nil
}

func send(client *http.Client, base string, header, row []string, look bool) error {
	if look {
		if err := ask(client, http.MethodGet, base+"/kyc-sessions?page=1&size=20&account_auth_id="+url.QueryEscape(row[0]), nil, http.StatusOK); err != nil {
			return err
		}
	}
	b := body{Account: row[0], Flow: "email", Email: row[1], Metadata: make(map[string]string, len(row)-2)}
	for i := 2; i < len(row); i++ {
		b.Metadata[header[i]] = row[i]
	}
	text, err := json.Marshal(b)
	if err != nil {
		return err
	}
	return ask(client, http.MethodPost, base+"/kyc-sessions", bytes.NewReader(text), http.StatusCreated)
}

func ask(client *http.Client, method, address string, body io.Reader, want int) error {
	request, err := http.NewRequest(method, address, body)
	if err != nil {
		return err
	}
	request.Header.Set("X-Auth-ID", partner)
	request.Header.Set("X-Auth-Token", partner)
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	if err == nil && response.StatusCode != want {
		err = fmt.Errorf("answered %d", response.StatusCode)
	}
	return err
}
