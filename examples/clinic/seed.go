package main

import (
	"context"
	"errors"
	"time"
)

// demoPassword is that of all doctors of the demonstration. The page to sign in says so.
const demoPassword = "demo"

var demoDoctors = []doctor{
	{ID: "okafor", Name: "Dr. Amara Okafor", Specialty: "General practice", About: "Coughs, colds, prescriptions, and what you do not know where to take."},
	{ID: "lindqvist", Name: "Dr. Elin Lindqvist", Specialty: "Dermatology", About: "Skin, hair and nails. A photo before the appointment helps."},
	{ID: "haddad", Name: "Dr. Karim Haddad", Specialty: "Paediatrics", About: "For children up to sixteen, and their worried parents."},
	{ID: "moreau", Name: "Dr. Claire Moreau", Specialty: "Psychotherapy", About: "Anxiety, sleep and low mood. Talk, at your own pace."},
}

// demoVisits are appointments of a day, by how many slots they are from now. Those that are over have a summary.
var demoVisits = []struct {
	slots              int
	patient, reason    string
	summary, nextSteps string
}{
	{-4, "Miguel Santos", "Blood pressure check", "Your readings of the last two weeks are good. We leave the dose as it is.", "Measure twice a week\nNext check in three months"},
	{-2, "Hannah Weiss", "Results of the blood test", "Iron is a little low, everything else is as it should be.", "One tablet a day with orange juice\nBlood test again in eight weeks"},
	{3, "Tom Ashworth", "Knee still hurts after running", "", ""},
	{5, "Yuki Tanaka", "Prescription renewal", "", ""},
	{8, "Fatima Al-Sayed", "Cough for two weeks", "", ""},
}

// seed fills a new database with the doctors of the demonstration, and today with appointments if there are none.
func (c *clinic) seed(ctx context.Context) error {
	known, err := c.store.doctors(ctx)
	if err != nil {
		return err
	}
	if len(known) == 0 {
		hash, err := hashPassword(demoPassword, c.rounds)
		if err != nil {
			return err
		}
		for _, d := range demoDoctors {
			if err := c.store.addDoctor(ctx, d, hash); err != nil {
				return err
			}
		}
	}
	for _, d := range demoDoctors {
		today, err := c.dayOf(ctx, d)
		if err != nil {
			return err
		}
		if len(today.Appointments) > 0 {
			continue
		}
		if err := c.seedDay(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (c *clinic) seedDay(ctx context.Context, d doctor) error {
	current := c.now().UTC().Truncate(slotLength)
	for _, v := range demoVisits {
		starts := current.Add(time.Duration(v.slots) * slotLength)
		a, _ := newAppointment(d.ID, slot{starts, starts.Add(slotLength)}, v.patient, v.reason)
		err := c.store.addAppointment(ctx, a)
		if errors.Is(err, errSlotTaken) {
			continue
		}
		if err != nil {
			return err
		}
		if v.summary == "" {
			continue
		}
		err = errors.Join(
			c.store.arrive(ctx, a.ID, starts.Add(-4*time.Minute)),
			c.store.admit(ctx, a.ID, starts.Add(time.Minute)),
			c.store.end(ctx, a.ID, v.summary, v.nextSteps, starts.Add(15*time.Minute)),
		)
		if err != nil {
			return err
		}
	}
	return nil
}
