// swift-format-ignore-file
import HandrailGenerated

// What the core tells, and what it is told: plain values, immutable and Sendable, made by the generator.
// Named here one by one, so that an app imports this module alone and never meets the generated object.

// Keys and standing.
public typealias KeyStore = HandrailGenerated.KeyStore
public typealias KeyStoreError = HandrailGenerated.KeyStoreError
public typealias Standing = HandrailGenerated.Standing
public typealias PhoneRole = HandrailGenerated.PhoneRole
public typealias LossReason = HandrailGenerated.LossReason
public typealias InviteRefusal = HandrailGenerated.InviteRefusal
public typealias ConsentView = HandrailGenerated.ConsentView

// Help.
public typealias Help = HandrailGenerated.Help
public typealias HelpSkill = HandrailGenerated.HelpSkill
public typealias HelpContact = HandrailGenerated.HelpContact
public typealias ProgramPhone = HandrailGenerated.ProgramPhone

// Today, sessions, visits.
public typealias TodayView = HandrailGenerated.TodayView
public typealias SessionView = HandrailGenerated.SessionView
public typealias SessionKind = HandrailGenerated.SessionKind
public typealias SessionStatus = HandrailGenerated.SessionStatus
public typealias Mode = HandrailGenerated.Mode
public typealias ClockTimes = HandrailGenerated.ClockTimes
public typealias VisitsView = HandrailGenerated.VisitsView
public typealias PayerVisitsView = HandrailGenerated.PayerVisitsView
public typealias Coverage = HandrailGenerated.Coverage
public typealias WeekHoursView = HandrailGenerated.WeekHoursView

// Progress and the record.
public typealias ProgressPage = HandrailGenerated.ProgressPage
public typealias ProgressMeasure = HandrailGenerated.ProgressMeasure
public typealias ProgressPoint = HandrailGenerated.ProgressPoint
public typealias ProgressTherapy = HandrailGenerated.ProgressTherapy
public typealias ProgressShare = HandrailGenerated.ProgressShare
public typealias ProgressSaid = HandrailGenerated.ProgressSaid
public typealias ExportDone = HandrailGenerated.ExportDone
public typealias DeleteNotice = HandrailGenerated.DeleteNotice

// Check-ins.
public typealias DueView = HandrailGenerated.DueView
public typealias CheckInForm = HandrailGenerated.CheckInForm
public typealias QuestionView = HandrailGenerated.QuestionView
public typealias Kind = HandrailGenerated.Kind
public typealias OptionView = HandrailGenerated.OptionView
public typealias AnswerValue = HandrailGenerated.AnswerValue
public typealias SafetyItemView = HandrailGenerated.SafetyItemView
public typealias SafetyState = HandrailGenerated.SafetyState
public typealias CheckInDone = HandrailGenerated.CheckInDone
public typealias CheckInReceipt = HandrailGenerated.CheckInReceipt
public typealias ScoreView = HandrailGenerated.ScoreView
public typealias SentState = HandrailGenerated.SentState

public typealias ChangeView = HandrailGenerated.ChangeView
public typealias ChangeMeaning = HandrailGenerated.ChangeMeaning
public typealias FollowUpForm = HandrailGenerated.FollowUpForm
public typealias SafetyNotice = HandrailGenerated.SafetyNotice
public typealias ScoringFact = HandrailGenerated.ScoringFact
public typealias ScoringOption = HandrailGenerated.ScoringOption
public typealias ScoringQuestion = HandrailGenerated.ScoringQuestion

// Reminders.
public typealias ReminderArmer = HandrailGenerated.ReminderArmer
public typealias ArmerError = HandrailGenerated.ArmerError
public typealias ArmedReminder = HandrailGenerated.ArmedReminder
public typealias ReminderMeans = HandrailGenerated.ReminderMeans
public typealias ReminderRefresh = HandrailGenerated.ReminderRefresh
public typealias ReminderLine = HandrailGenerated.ReminderLine
public typealias ReminderAbout = HandrailGenerated.ReminderAbout
public typealias ReminderStep = HandrailGenerated.ReminderStep
public typealias ReminderState = HandrailGenerated.ReminderState
public typealias ReminderWhy = HandrailGenerated.ReminderWhy
public typealias ReminderEvent = HandrailGenerated.ReminderEvent
public typealias ReminderSettings = HandrailGenerated.ReminderSettings
public typealias LockScreen = HandrailGenerated.LockScreen

// Homework.
public typealias HomeworkView = HandrailGenerated.HomeworkView
public typealias HomeworkTry = HandrailGenerated.HomeworkTry
public typealias Completion = HandrailGenerated.Completion
public typealias LoggedTry = HandrailGenerated.LoggedTry
public typealias TrySaved = HandrailGenerated.TrySaved
public typealias Prompt = HandrailGenerated.Prompt
public typealias Weekday = HandrailGenerated.Weekday
public typealias FieldAnswer = HandrailGenerated.FieldAnswer
public typealias FieldValue = HandrailGenerated.FieldValue
public typealias FieldRow = HandrailGenerated.FieldRow
public typealias FilledLine = HandrailGenerated.FilledLine
public typealias Saved = HandrailGenerated.Saved

// Skills.
public typealias SkillItem = HandrailGenerated.SkillItem
public typealias SkillGroup = HandrailGenerated.SkillGroup
public typealias SkillForm = HandrailGenerated.SkillForm
public typealias SkillPage = HandrailGenerated.SkillPage
public typealias SkillCaution = HandrailGenerated.SkillCaution
public typealias SkillGuide = HandrailGenerated.SkillGuide
public typealias SkillPhase = HandrailGenerated.SkillPhase
public typealias GuideKind = HandrailGenerated.GuideKind
public typealias SkillField = HandrailGenerated.SkillField
public typealias SkillFieldKind = HandrailGenerated.SkillFieldKind
public typealias SkillChoice = HandrailGenerated.SkillChoice
public typealias SkillEffectView = HandrailGenerated.SkillEffectView
public typealias ChangeMean = HandrailGenerated.ChangeMean

// Plan, education, shared items.
public typealias PlanPage = HandrailGenerated.PlanPage
public typealias PlanView = HandrailGenerated.PlanView
public typealias PlanContact = HandrailGenerated.PlanContact
public typealias PlanAppointment = HandrailGenerated.PlanAppointment
public typealias PlanMedicine = HandrailGenerated.PlanMedicine
public typealias PlanKind = HandrailGenerated.PlanKind
public typealias PlanCardView = HandrailGenerated.PlanCardView
public typealias PlanRevisionView = HandrailGenerated.PlanRevisionView
public typealias PlanTextView = HandrailGenerated.PlanTextView
public typealias PlanSectionView = HandrailGenerated.PlanSectionView
public typealias PlanChangeView = HandrailGenerated.PlanChangeView
public typealias PlanAgreedView = HandrailGenerated.PlanAgreedView
public typealias PlanToRead = HandrailGenerated.PlanToRead
public typealias PlanOption = HandrailGenerated.PlanOption
public typealias TreatmentPage = HandrailGenerated.TreatmentPage
public typealias PartOneDraft = HandrailGenerated.PartOneDraft
public typealias GoalDraft = HandrailGenerated.GoalDraft
public typealias GoalState = HandrailGenerated.GoalState
public typealias GoalView = HandrailGenerated.GoalView
public typealias GoalRatingView = HandrailGenerated.GoalRatingView
public typealias GoalLevel = HandrailGenerated.GoalLevel
public typealias SafetyPlanPage = HandrailGenerated.SafetyPlanPage
public typealias SafetyPlanDraft = HandrailGenerated.SafetyPlanDraft
public typealias TransitionPlanDraft = HandrailGenerated.TransitionPlanDraft
public typealias HandOffDraft = HandrailGenerated.HandOffDraft
public typealias HandOffMark = HandrailGenerated.HandOffMark
public typealias HandOffState = HandrailGenerated.HandOffState
public typealias HandOffView = HandrailGenerated.HandOffView
public typealias BridgeView = HandrailGenerated.BridgeView
public typealias BridgeMode = HandrailGenerated.BridgeMode
public typealias BridgeStepView = HandrailGenerated.BridgeStepView
public typealias BridgeStepKind = HandrailGenerated.BridgeStepKind
public typealias FollowUpView = HandrailGenerated.FollowUpView
public typealias FollowUpOutcome = HandrailGenerated.FollowUpOutcome
public typealias EducationItem = HandrailGenerated.EducationItem
public typealias EducationPiece = HandrailGenerated.EducationPiece
public typealias SharedItem = HandrailGenerated.SharedItem
public typealias SharedItemKind = HandrailGenerated.SharedItemKind
public typealias SharedSessionView = HandrailGenerated.SharedSessionView
public typealias FamilyHome = HandrailGenerated.FamilyHome
public typealias ThemeView = HandrailGenerated.ThemeView
public typealias FamilyMemberView = HandrailGenerated.FamilyMemberView
public typealias ShareView = HandrailGenerated.ShareView
public typealias ShareNow = HandrailGenerated.ShareNow
public typealias ShareProgress = HandrailGenerated.ShareProgress
public typealias SharePreview = HandrailGenerated.SharePreview

// Sync.
public typealias SyncReport = HandrailGenerated.SyncReport
public typealias SyncOutcome = HandrailGenerated.SyncOutcome
public typealias AccountState = HandrailGenerated.AccountState
public typealias SyncStatus = HandrailGenerated.SyncStatus
public typealias QuarantinedView = HandrailGenerated.QuarantinedView
public typealias FaultView = HandrailGenerated.FaultView
