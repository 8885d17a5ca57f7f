"""What the scores of a network's arrivals mean, measured on records it was not trained on.

A *candidate* is an arrival that the network proposes, however unlikely. Its height, the greatest
probability of the curve or of its windows, says too much or too little; its *score* is the share
of candidates of that height that are right. Thresholds are scores. The share is that of the records
measured on: where events are rarer, fewer of the same score are right.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from deepquake.earth.geo import Floats

UNSCALED = 1e-7  # heights this near to 0 or 1 are not told from it
FEWEST_OF_EACH = 10  # right and wrong candidates, below which heights stay as they are
STEEPEST, FARTHEST = 20.0, 20.0  # greatest temperature (or 1 / temperature) and offset
THRESHOLDS = np.round(expit(np.arange(-5.0, 9.1, 0.2)), 5)  # of the table: 0.0067 to 0.99988
FEWEST_RESIDUALS, RESIDUALS_IN_BIN, MOST_SCORE_BINS = 5, 25, 8
ONE_DEVIATION = 0.6827  # the share of a normal law within one standard deviation
CONFIDENCE_95 = 1.96  # standard deviations


@dataclass(frozen=True)
class Candidates:
    """The arrivals of one phase that a network proposes on held-out records.

    Undecided ones are left out; readings were matched to the highest (``heights`` of
    ``match_arrivals``). For each: its ``heights``, whether it ``is_right``, its ``residuals_s``
    (detection minus reading, NaN where it is wrong or has no time), whether it lies ``in_noise``
    in which nothing was read, and whether it is ``unread``: wrong, but one of a P and an S that are
    an event by the look of them. Only false alarms per day count these, by which no network gains
    from seeing events in noise. ``references`` counts the readings that could be found,
    ``noise_days`` the days of that noise. Below ``lowest`` no candidate was looked for.
    """

    heights: Floats
    is_right: NDArray[np.bool_]
    residuals_s: Floats
    in_noise: NDArray[np.bool_]
    unread: NDArray[np.bool_]
    references: int
    noise_days: float
    lowest: float


@dataclass(frozen=True)
class Scaling:
    """From a height to a score: its log odds divided by ``temperature``, plus ``offset``.

    One temperature alone cannot do it: a peak is the greatest of many samples, so that its height
    says too much also where it is 0.5, which a temperature leaves as it is.
    Platt, Advances in Large Margin Classifiers, pages 61-74, 1999.
    """

    temperature: float = 1.0
    offset: float = 0.0

    def scores(self, heights: ArrayLike) -> Floats:
        """Return the scores of candidates by their heights."""
        return expit(_log_odds(heights) / self.temperature + self.offset)

    def heights(self, scores: ArrayLike) -> Floats:
        """Return the heights that get these scores."""
        return expit((_log_odds(scores) - self.offset) * self.temperature)


@dataclass(frozen=True)
class PhaseCalibration:
    """What the scores of one phase mean.

    For each of ``thresholds``, which rise: ``recall``, ``precision``, ``f1`` and
    ``alarms_per_day`` (false alarms per station-day of noise), NaN where that is not known.
    ``references`` and ``noise_days`` say on how much this was measured. From the score
    ``uncertainty_from`` on, a pick is uncertain by ``uncertainty_s``.
    """

    scaling: Scaling
    references: int
    noise_days: float
    thresholds: Floats
    recall: Floats
    precision: Floats
    f1: Floats
    alarms_per_day: Floats
    uncertainty_from: Floats
    uncertainty_s: Floats

    @property
    def best_threshold(self) -> float:
        """The threshold of the best F1; 0.5 where there is none.

        The middle one of all whose F1 cannot be told from the best, by the standard error of a
        share of so many readings: the very best of few readings is luck.
        """
        if np.isnan(self.f1).all():
            return 0.5
        best = min(float(np.nanmax(self.f1)), 1.0)
        error = max(np.sqrt(best * (1 - best) / self.references), 1 / self.references)
        good = np.flatnonzero(self.f1 >= best - error)
        return float(self.thresholds[good[(len(good) - 1) // 2]])

    def threshold_for(self, alarms_per_day: float) -> tuple[float, str]:
        """Return the lowest threshold with no more false alarms, and what is to be said of it.

        Where n were seen, n + 1 are to be expected in as much noise again, if nothing was known of
        the rate before.

        Parameters
        ----------
        alarms_per_day : float
            False alarms per station-day of this phase that are put up with.

        Returns
        -------
        tuple of float and str
            The threshold, and a sentence; empty where there is nothing to say.
        """
        if not self.noise_days > 0 or not len(self.thresholds):
            threshold = self.best_threshold
            why = "there was no held-out noise to tell false alarms per station-day from"
            return threshold, f"{why}: the threshold of the best F1 is used, {threshold:g}"
        least = 1 / self.noise_days
        expected = self.alarms_per_day + least
        few_enough = np.flatnonzero(expected <= max(alarms_per_day, least))
        if not len(few_enough):
            threshold, most = float(self.thresholds[-1]), float(expected[-1])
            return threshold, (
                f"no threshold is known with {alarms_per_day:g} false alarms per station-day or "
                f"fewer: the highest is used, {threshold:g}, with {most:.3g} of them"
            )
        threshold = float(self.thresholds[few_enough[0]])
        if alarms_per_day >= least:
            return threshold, ""
        # a minute of noise is without an alarm at any threshold
        threshold = max(threshold, self.best_threshold)
        return threshold, (
            f"the held-out noise, {self.noise_days:.3g} station-days, is too short to tell rates "
            f"below {least:.3g} false alarms per station-day, and {alarms_per_day:g} is asked for: "
            f"a threshold without one there is used, {threshold:g}"
        )

    def uncertainty_of(self, scores: ArrayLike) -> Floats:
        """Return how uncertain picks of these scores are (s); NaN where that is not known."""
        scores = np.asarray(scores, float)
        if not len(self.uncertainty_s):
            return np.full(scores.shape, np.nan)
        number = np.searchsorted(self.uncertainty_from, scores, side="right") - 1
        return self.uncertainty_s[np.maximum(number, 0)]


Calibration = Mapping[str, PhaseCalibration]  # by phase, 'P' or 'S'


def fit_scaling(heights: ArrayLike, is_right: ArrayLike) -> Scaling:
    """Return the scaling under which the candidates' outcomes are the most likely.

    With Platt's targets, (right + 1) / (right + 2) and 1 / (wrong + 2) instead of 1 and 0, by
    which few candidates that are told apart without a mistake do not get scores of 0 and 1.

    Parameters
    ----------
    heights : array_like (k)
        Of candidates, or the probabilities of an event in windows.
    is_right : array_like of bool (k)
        Whether each is an arrival (or an event).

    Returns
    -------
    Scaling
        That leaves all as it is where fewer than ten are right, or wrong.
    """
    odds, right = _log_odds(heights), np.asarray(is_right, bool)
    n_right, n_wrong = int(right.sum()), int((~right).sum())
    if min(n_right, n_wrong) < FEWEST_OF_EACH:
        return Scaling()
    target = np.where(right, (n_right + 1) / (n_right + 2), 1 / (n_wrong + 2))

    def loss(values: Floats) -> tuple[float, Floats]:
        scaled = values[0] * odds + values[1]
        wrong_by = expit(scaled) - target
        return (
            float(np.mean(np.logaddexp(0.0, scaled) - target * scaled)),
            np.array([np.mean(wrong_by * odds), np.mean(wrong_by)]),
        )

    bounds = [(1 / STEEPEST, STEEPEST), (-FARTHEST, FARTHEST)]
    slope, offset = minimize(loss, [1.0, 0.0], jac=True, method="L-BFGS-B", bounds=bounds).x
    return Scaling(float(1 / slope), float(offset))


def calibrate(candidates: Candidates, sampling_rate: float) -> PhaseCalibration:
    """Return what the scores of one phase mean.

    Parameters
    ----------
    candidates : Candidates
        Those of held-out records.
    sampling_rate : float
        Of the records (Hz): no pick is surer than half a sample.

    Returns
    -------
    PhaseCalibration
        The scaling, the table of thresholds, the uncertainties.
    """
    counted = ~candidates.unread
    scaling = fit_scaling(candidates.heights[counted], candidates.is_right[counted])
    scores, right = scaling.scores(candidates.heights), candidates.is_right
    lowest = scaling.scores(candidates.lowest)
    thresholds = THRESHOLDS[lowest <= THRESHOLDS]
    n_right = _reaching(scores[right], thresholds)
    n_all = _reaching(scores[counted], thresholds)
    n_alarms = _reaching(scores[candidates.in_noise & ~right], thresholds)
    timed = right & ~np.isnan(candidates.residuals_s)
    edges, uncertainty_s = _uncertainties(
        scores[timed], np.abs(candidates.residuals_s[timed]), 0.5 / sampling_rate
    )
    return PhaseCalibration(
        scaling=scaling,
        references=candidates.references,
        noise_days=candidates.noise_days,
        thresholds=thresholds,
        recall=_shares(n_right, candidates.references),
        precision=_shares(n_right, n_all),
        f1=_shares(2 * n_right, n_all + candidates.references),
        alarms_per_day=_shares(n_alarms, candidates.noise_days),
        uncertainty_from=edges,
        uncertainty_s=uncertainty_s,
    )


def reliability(scores: ArrayLike, is_right: ArrayLike, n_bins: int = 10) -> tuple[Floats, ...]:
    """Return which share of the candidates is right, by score.

    Parameters
    ----------
    scores : array_like (k)
        Of candidates.
    is_right : array_like of bool (k)
        Whether each is right.
    n_bins : int, optional
        Into how many bins of equal width the scores from 0 to 1 are put.

    Returns
    -------
    tuple of five ndarrays
        Of each bin that is not empty: mean score, share that is right, lower and upper end of its
        95 % confidence interval, number of candidates. The interval is that of Wilson, Journal of
        the American Statistical Association 22, 209-212, 1927.
    """
    scores, right = np.asarray(scores, float), np.asarray(is_right, bool)
    number = np.minimum((scores * n_bins).astype(int), n_bins - 1)
    counts = np.bincount(number, minlength=n_bins)
    some = counts > 0
    n = counts[some].astype(float)
    mean = np.bincount(number, scores, minlength=n_bins)[some] / n
    share = np.bincount(number, right, minlength=n_bins)[some] / n
    z = CONFIDENCE_95
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return mean, share, np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0), n


def _log_odds(probabilities: ArrayLike) -> Floats:
    return logit(np.clip(np.asarray(probabilities, float), UNSCALED, 1 - UNSCALED))


def _reaching(scores: Floats, thresholds: Floats) -> NDArray[np.intp]:
    """Return how many scores reach each threshold."""
    return len(scores) - np.searchsorted(np.sort(scores), thresholds)


def _shares(counts: NDArray, of: NDArray | float) -> Floats:
    """Return quotients, NaN where the denominator is 0."""
    whole = np.broadcast_to(np.asarray(of, float), counts.shape)
    return np.divide(counts, whole, out=np.full(counts.shape, np.nan), where=whole > 0)


def _uncertainties(scores: Floats, distances_s: Floats, least_s: float) -> tuple[Floats, Floats]:
    """Return from which score on picks are how uncertain (s).

    That is the distance from the reading within which 68 % of the picks in a bin of scores are: it
    holds a bias, and a few that are far off do not matter. Bins in which it would grow with the
    score are put together.
    """
    if len(scores) < FEWEST_RESIDUALS:
        return np.empty(0), np.empty(0)

    def within_s(members: NDArray[np.intp]) -> float:
        return float(np.quantile(distances_s[members], ONE_DEVIATION))

    order = np.lexsort((distances_s, scores))
    n_bins = min(max(len(scores) // RESIDUALS_IN_BIN, 1), MOST_SCORE_BINS)
    bins: list[NDArray[np.intp]] = []
    for members in np.array_split(order, n_bins):
        bins.append(members)
        while len(bins) > 1 and within_s(bins[-1]) >= within_s(bins[-2]):
            bins[-2:] = [np.concatenate(bins[-2:])]
    edges = [scores[members[0]] for members in bins]
    return np.array(edges), np.array([max(within_s(members), least_s) for members in bins])
