package sandbox

import "os"

// BreakWorld makes every later write of the world file fail, as a full disk would, until mend.
func (s *Server) BreakWorld() (mend func(), err error) {
	closed, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	good := s.file.f
	s.file.f = closed
	return func() { s.file.f = good }, closed.Close()
}
